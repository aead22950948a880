/** Settings of heartbeat. */
export interface HeartbeatConfig {
  /** The region that it runs in: part of the source of its events. Default `local`. */
  readonly region: string;
  /** Where clients send to, without a path: an https URL. Must be set. */
  readonly frontDoor: string;
  /** Ended hours whose heartbeats are sent each time: what an outage kept away is sent again. Default 3. */
  readonly hoursBack: number;
  /** Events of a request; ingest takes 1,000. Default 500. */
  readonly maxRequestEvents: number;
  /** A request without an answer is given up after this. Default 30,000. */
  readonly requestTimeoutMillis: number;
}

export const defaultHeartbeatConfig: HeartbeatConfig = {
  region: 'local',
  frontDoor: '',
  hoursBack: 3,
  maxRequestEvents: 500,
  requestTimeoutMillis: 30_000,
};
