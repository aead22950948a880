// The Go SDK as its documentation shows it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func makeEvent(mode string, at int, asBytes bool) cloudevents.Event {
	data := map[string]any{}
	must(json.Unmarshal([]byte(os.Getenv("DATA")), &data))
	data["track"] = map[string]any{"track_id": fmt.Sprintf("go-%s-%d", mode, at)}
	event := cloudevents.NewEvent()
	event.SetID(fmt.Sprintf("%s-%d", mode, at))
	event.SetSource("urn:cloudevents:go")
	event.SetType("playback.track-played.v1")
	event.SetSubject("Zoë")
	event.SetTime(time.Now())
	if asBytes {
		text, err := json.Marshal(data)
		must(err)
		must(event.SetData(cloudevents.ApplicationJSON, text))
	} else {
		must(event.SetData(cloudevents.ApplicationJSON, data))
	}
	return event
}

func main() {
	target, key := os.Getenv("TARGET"), "Bearer "+os.Getenv("KEY")
	count, err := strconv.Atoi(os.Getenv("EVENTS"))
	must(err)
	protocol, err := cloudevents.NewHTTP(cloudevents.WithTarget(target), cehttp.WithHeader("Authorization", key))
	must(err)
	client, err := cloudevents.NewClient(protocol)
	must(err)
	binary := cloudevents.WithEncodingBinary(context.Background())
	structured := cloudevents.WithEncodingStructured(context.Background())
	var batch []cloudevents.Event
	for at := 0; at < count; at++ {
		client.Send(binary, makeEvent("binary", at, false))
		client.Send(structured, makeEvent("structured", at, false))
		client.Send(binary, makeEvent("binary-bytes", at, true))
		client.Send(structured, makeEvent("structured-bytes", at, true))
		batch = append(batch, makeEvent("batch", at, false))
	}
	request, err := cehttp.NewHTTPRequestFromEvents(context.Background(), target, batch)
	must(err)
	request.Header.Set("Authorization", key)
	response, err := http.DefaultClient.Do(request)
	must(err)
	response.Body.Close()
}
