import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** The Java SDK as its documentation shows it. */
public class Send {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static CloudEvent makeEvent(String mode, int at) throws Exception {
    ObjectNode data = (ObjectNode) MAPPER.readTree(System.getenv("DATA"));
    data.putObject("track").put("track_id", "java-" + mode + "-" + at);
    return CloudEventBuilder.v1()
        .withId(mode + "-" + at)
        .withSource(URI.create("urn:cloudevents:java"))
        .withType("playback.track-played.v1")
        .withSubject("Zoë")
        .withTime(OffsetDateTime.now(ZoneOffset.UTC))
        .withData("application/json", MAPPER.writeValueAsBytes(data))
        .build();
  }

  private static void send(CloudEvent event, boolean structured) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) URI.create(System.getenv("TARGET")).toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setRequestProperty("Authorization", "Bearer " + System.getenv("KEY"));
    var writer = HttpMessageFactory.createWriter(connection::setRequestProperty, body -> {
      try {
        connection.getOutputStream().write(body);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    });
    if (structured) writer.writeStructured(event, new JsonFormat());
    else writer.writeBinary(event);
    connection.getResponseCode();
  }

  public static void main(String[] arguments) throws Exception {
    int events = Integer.parseInt(System.getenv("EVENTS"));
    for (int at = 0; at < events; at++) {
      send(makeEvent("binary", at), false);
      send(makeEvent("structured", at), true);
    }
  }
}
