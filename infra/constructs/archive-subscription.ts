import { Construct } from 'constructs';
import { type DeliveryBucket, deliveryBuckets } from '../cloud-names.ts';
import { declareSubscription, type SubscriptionProps } from './subscription.ts';

export interface ArchiveSubscriptionProps extends SubscriptionProps {
  readonly bucket: DeliveryBucket;
}

/** A file is closed after this; less than the ack deadline, or what is in it would be delivered again meanwhile. */
const fileSeconds = 300;
const fileBytes = 100 * 1_048_576;

/**
 * Keeps a topic's messages as files below a folder of the topic's name: Avro with metadata, since the text format loses
 * the attributes, without which nothing could be replayed.
 */
export class ArchiveSubscription extends Construct {
  constructor(scope: Construct, id: string, props: ArchiveSubscriptionProps) {
    super(scope, id);
    const { context, spec, bucket } = props;
    if (spec.ackDeadlineSeconds <= fileSeconds) {
      throw new RangeError(
        `${spec.name}: its ack deadline of ${spec.ackDeadlineSeconds} s must exceed the ${fileSeconds} s that a file ` +
          'may stay open; set ackDeadlineSeconds to 600',
      );
    }
    declareSubscription(this, props, {
      cloudStorageConfig: {
        bucket: context.names.bucket(deliveryBuckets[bucket]),
        filenamePrefix: `${spec.topic}/`,
        filenameSuffix: '.avro',
        filenameDatetimeFormat: 'YYYY-MM-DD/hh_mm_ssZ',
        maxDuration: `${fileSeconds}s`,
        maxBytes: fileBytes,
        avroConfig: { writeMetadata: true },
      },
    });
  }
}
