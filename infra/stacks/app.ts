import type { App } from 'cdktf';
import type { JsonObject } from '../../shared/event/json.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import type { ColumnsLock } from '../../shared/schema-language/columns-lock.ts';
import { checkColumns } from '../checks/columns-check.ts';
import { checkResources } from '../checks/resource-check.ts';
import { checkTopology } from '../checks/topology-check.ts';
import { type Archive, makeContext } from '../constructs/context.ts';
import type { EdiStack } from '../constructs/edi-stack.ts';
import { checkEnvironment, type Environment } from '../environments/environment.ts';
import { type House, ours } from '../house.ts';
import { topicsWithReaders } from '../topic-readers.ts';
import { defaultDelivery, makeTopology } from '../topology.ts';
import { EdgeStack } from './edge-stack.ts';
import { EventTypesStack, groupByDomain } from './event-types-stack.ts';
import { FoundationStack } from './foundation-stack.ts';
import { ObservabilityStack } from './observability-stack.ts';
import { isOfRows, PipelineStack } from './pipeline-stack.ts';
import { StateStack } from './state-stack.ts';

export interface EnvironmentInput {
  readonly environment: Environment;
  readonly schemas: readonly EventSchema[];
  /** The SDK bindings, content of `sdks.json`. */
  readonly sdks: JsonObject;
  /** Mappings of legacy files, by name; none by default. */
  readonly mappings?: ReadonlyMap<string, JsonObject>;
  /** The columns of the last release. */
  readonly lock: ColumnsLock;
  readonly archives: ReadonlyMap<string, Archive>;
  /** Ours by default. */
  readonly house?: House;
}

/**
 * Declares an environment's stacks in the order in which they are applied. Throws errors for people when it could not be
 * deployed, or would lose what is stored.
 */
export function declareEnvironment(app: App, input: EnvironmentInput): EdiStack[] {
  const { schemas, sdks, lock, archives, house = ours } = input;
  const environment = checkEnvironment(input.environment, house);
  checkColumns(lock, schemas);
  const topology = makeTopology(schemas, defaultDelivery, house);
  checkTopology(topology, environment);
  const context = makeContext({ environment, topology, archives });
  const foundation = new FoundationStack(app, context);
  const state = new StateStack(app, context);
  const pipeline = new PipelineStack(app, context, { sdks, mappings: input.mappings ?? new Map() });
  const eventTypes = groupByDomain(topicsWithReaders(topology).filter(isOfRows), schemas).map(
    (group) => new EventTypesStack(app, context, group),
  );
  const edge = environment.edge === undefined ? [] : [new EdgeStack(app, context, environment.edge)];
  const observability = new ObservabilityStack(app, context);
  state.addDependency(foundation);
  pipeline.addDependency(state);
  for (const stack of [...eventTypes, ...edge, observability]) stack.addDependency(pipeline);
  // Views of types read the table that alpha types share, and BigQuery makes no view of a table that is not there.
  const shared = eventTypes.find(({ domain }) => domain === undefined);
  for (const stack of eventTypes) if (shared !== undefined && stack !== shared) stack.addDependency(shared);
  const stacks = [foundation, state, pipeline, ...eventTypes, ...edge, observability];
  checkResources(new Map(stacks.map((stack) => [stack.node.id, stack.toTerraform()])));
  return stacks;
}
