/** Google groups; an e-mail address each. */
export interface Groups {
  /** Query the exact views: no clear personal data, no base tables. */
  readonly analysts: string;
  /** See metrics, logs and what was quarantined (reasons, no payloads). */
  readonly operators: string;
  /** May re-identify one data subject a query. Members join for an hour, with a reason. */
  readonly breakGlass: string;
  /** Publish types in stage alpha by `edi schema publish --env`; the others are published by a deployment. */
  readonly schemaPublishers: string;
}

export interface Edge {
  /** Name that SDKs send to; its DNS records are yours to make. */
  readonly domain: string;
  /** Requests a minute and address before Cloud Armor answers 429. Carriers put many phones behind one address. */
  readonly maxRequestsPerMinute: number;
}

export interface Budget {
  /** `000000-000000-000000`. */
  readonly billingAccount: string;
  readonly monthlyAmount: number;
  /** ISO 4217, the billing account's own. */
  readonly currency: string;
}
