/** A region of Google Cloud, `europe-west1`. */
export const regionPattern = /^[a-z]+-[a-z]+\d+$/;

/** A multi-region: what each of Google's services calls it, and what lies in it. */
interface MultiRegion {
  /** "Cloud KMS locations"; BigQuery takes keys of this location alone ("Customer-managed Cloud KMS keys"). */
  readonly kms: string;
  /** "Firestore locations". */
  readonly firestore: readonly string[];
  readonly regions: RegExp;
}

/** By what BigQuery and Cloud Storage call them alike ("BigQuery locations", "Bucket locations"). */
const multiRegions: Readonly<Record<string, MultiRegion>> = {
  EU: { kms: 'europe', firestore: ['eur3'], regions: /^europe-[a-z]+\d+$/ },
  US: { kms: 'us', firestore: ['nam5', 'nam7'], regions: /^us-[a-z]+\d+$/ },
};

const dataLocations = Object.keys(multiRegions);

/** Where the key has to be that BigQuery opens data in this location with. */
export function kmsLocationOf(dataLocation: string): string {
  return multiRegions[dataLocation]?.kms ?? dataLocation;
}

interface LocationRule {
  readonly path: string;
  readonly value: unknown;
  readonly fits: () => boolean;
  readonly rule: string;
}

/** Of an environment, which says what each is. */
interface Locations {
  readonly dataLocation: string;
  readonly stateRegion: string;
  readonly regions: readonly string[];
  readonly secretLocations: readonly string[];
  readonly firestoreLocation: string;
  readonly topicKeyLocation: string;
}

/** What the locations of an environment ask of each other; most of them can never be changed. */
export function locationRules(locations: Locations): LocationRule[] {
  const { dataLocation, stateRegion, regions, secretLocations, firestoreLocation, topicKeyLocation } = locations;
  const known = multiRegions[dataLocation];
  if (known === undefined) {
    const rule = `${dataLocations.map((name) => `"${name}"`).join(' or ')}, or the state region "${stateRegion}"`;
    return [{ path: 'dataLocation', value: dataLocation, fits: () => dataLocation === stateRegion, rule }];
  }
  const isInside = (location: string, multi: readonly string[]) =>
    known.regions.test(location) || multi.includes(location);
  const rule = (path: string, value: unknown, multi: readonly string[] = []): LocationRule => {
    const names = (Array.isArray(value) ? value : [value]).map(String);
    const also = multi.map((name) => `, or "${name}"`).join('');
    return {
      path,
      value,
      fits: () => names.every((name) => isInside(name, multi)),
      rule: `inside of dataLocation "${dataLocation}": its regions${also}`,
    };
  };
  return [
    rule('stateRegion', stateRegion),
    rule('secretLocations', secretLocations),
    rule('firestoreLocation', firestoreLocation, known.firestore),
    // A key of one region serves topics of that region alone ("Configure message encryption", Pub/Sub).
    {
      path: 'topicKeyLocation',
      value: topicKeyLocation,
      fits: () => topicKeyLocation === known.kms || (regions?.length === 1 && topicKeyLocation === regions[0]),
      rule: `"${known.kms}", or the one region that ingest runs in`,
    },
  ];
}
