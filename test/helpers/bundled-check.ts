export { schemaErrors } from '../../shared/event-types/meta-schema.ts';
