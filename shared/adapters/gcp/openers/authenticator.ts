import { requireVariable } from '../../../needs/settings.ts';
import { pushAccountVariable, pushAudienceVariable } from '../../../needs/variables.ts';
import type { PushAuthenticator } from '../../../ports/push-authenticator.ts';
import { systemClock } from '../../system-clock.ts';
import { createPushAuthenticator, type PushAuthOptions } from '../push-auth.ts';
import { type Environment, emulatorOf } from './environment.ts';

/** Checks who pushes; takes anybody beside the Pub/Sub emulator only, which sends no tokens. */
export function openAuthenticator(environment: Environment): PushAuthenticator {
  return createPushAuthenticator({ clock: systemClock, settings: settingsOf(environment) });
}

function settingsOf(environment: Environment): PushAuthOptions['settings'] {
  const { emulatorHost } = emulatorOf(environment, 'PUBSUB_EMULATOR_HOST');
  if (emulatorHost !== undefined) return { kind: 'off-for-emulator', pubsubEmulatorHost: emulatorHost };
  return {
    kind: 'oidc',
    audience: requireVariable(environment, pushAudienceVariable),
    serviceAccountEmail: requireVariable(environment, pushAccountVariable),
    // Cloud Run sets it ("Container runtime contract"), and only push functions open this: none of them is public.
    behindCloudRun: Boolean(environment['K_SERVICE']),
  };
}
