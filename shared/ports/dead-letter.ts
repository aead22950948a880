/** Attributes of a dead letter ("Dead-letter topics", Pub/Sub): when it was published to the topic that it comes from, */
export const firstPublishTimeAttribute = 'CloudPubSubDeadLetterSourceTopicPublishTime';
/** and why a table did not take it. */
export const deliveryErrorAttribute = 'CloudPubSubDeadLetterSourceDeliveryErrorMessage';
