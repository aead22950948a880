import { openEventTypes } from '../../shared/event-types/open-event-types.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import { makePubSubFunction } from '../../shared/http/pubsub-function.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import type { PushAuthenticator } from '../../shared/ports/push-authenticator.ts';
import { makeEncryptedQuarantine } from '../../shared/quarantine/quarantine-record.ts';
import { defaultPseudonymizeConfig, type PseudonymizeConfig } from './config.ts';
import type { needs } from './needs.ts';
import { makePseudonymizeStage, type PseudonymizePorts } from './stage.ts';
import { makeSubjectKeys } from './subject-keys.ts';

/** Starts the function on what a deployment opens for it; unwraps the master keyset. */
export async function start(ports: PortsOf<typeof needs>, config = defaultPseudonymizeConfig): Promise<HttpHandler> {
  const { topics, databases, secrets } = ports;
  const master = await secrets.masterKeyset.aead();
  const made = {
    eventTypes: await openEventTypes(ports),
    subjectKeys: makeSubjectKeys({
      ...ports,
      records: databases.subjectKeys,
      lookupKey: secrets.lookupKey,
      master,
      config,
    }),
    topicOf: topics.event,
    quarantine: makeEncryptedQuarantine({
      ...ports,
      topic: topics.quarantine,
      publicKey: secrets.quarantinePublicKey,
    }),
    identityKey: secrets.identityKey,
  };
  return makePseudonymizeFunction({ ...ports, ...made }, config);
}

/** The HTTP function that Pub/Sub pushes topic `deduplicated` to. */
export function makePseudonymizeFunction(
  ports: PseudonymizePorts & { readonly authenticator?: PushAuthenticator },
  config: PseudonymizeConfig,
): HttpHandler {
  const { observer, authenticator } = ports;
  const stage = makePseudonymizeStage(ports, config);
  return makePubSubFunction({ name: 'pseudonymize', stage, observer, ...(authenticator ? { authenticator } : {}) });
}
