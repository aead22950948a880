import { Construct } from 'constructs';
import { declareSubscription, type SubscriptionProps } from './subscription.ts';

export interface PushSubscriptionProps extends SubscriptionProps {
  readonly function: string;
  /** Where the function runs. */
  readonly region: string;
}

/**
 * Pushes to an HTTP function with a token of the function's own push account. The token's audience is the service's bare
 * URL, which Cloud Run's check of callers takes; by default it would be the whole push URL.
 */
export class PushSubscription extends Construct {
  constructor(scope: Construct, id: string, props: PushSubscriptionProps) {
    super(scope, id);
    const { names } = props.context;
    const url = names.functionUrl(props.function, props.region);
    declareSubscription(this, props, {
      pushConfig: {
        pushEndpoint: url,
        oidcToken: { serviceAccountEmail: names.email(names.pushAccount(props.function)), audience: url },
      },
    });
  }
}
