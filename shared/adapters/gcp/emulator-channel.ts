/**
 * Options of Google's generated clients for a connection to an emulator: in the clear, without credentials. The client
 * that passes requests through keeps the library from looking for credentials all the same, which takes seconds where
 * there is no metadata server.
 */
export async function emulatorChannel(emulatorHost: string) {
  const { grpc, googleAuthLibrary } = await import('google-gax');
  const { hostname, port } = new URL(`http://${emulatorHost}`);
  return {
    servicePath: hostname,
    port: Number(port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new googleAuthLibrary.PassThroughClient(),
  };
}
