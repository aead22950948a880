import { textDecoder } from '@duckdb/node-api/lib/vectors/dataAccessors.js';

// DuckDB's client drops a byte order mark (U+FEFF) at the start of every text of a result, as TextDecoder does unless it
// is told otherwise (Encoding Standard, "BOM sniffing"). What a client sent is shown as it was sent.
const exact = new TextDecoder('utf-8', { ignoreBOM: true });
textDecoder.decode = exact.decode.bind(exact);
