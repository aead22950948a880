import type { App } from 'cdktf';
import type { EventSchema } from '../../shared/schema-language/event-schema.ts';
import { type Archive, makeContext } from '../constructs/context.ts';
import type { EdiStack } from '../constructs/edi-stack.ts';
import { checkEnvironment, type Environment } from '../environments/environment.ts';
import { lanesOf } from '../lanes.ts';
import { type FunctionName, makeTopology } from '../topology.ts';
import { EdgeStack } from './edge-stack.ts';
import { EventTypesStack, groupLanes } from './event-types-stack.ts';
import { FoundationStack } from './foundation-stack.ts';
import { ObservabilityStack } from './observability-stack.ts';
import { isEventLane, PipelineStack } from './pipeline-stack.ts';
import { StateStack } from './state-stack.ts';

export interface EnvironmentInput {
  readonly environment: Environment;
  readonly schemas: readonly EventSchema[];
  readonly archives: ReadonlyMap<FunctionName, Archive>;
}

/** Declares an environment's stacks in the order in which they are applied. Throws errors for people. */
export function declareEnvironment(app: App, input: EnvironmentInput): EdiStack[] {
  const { schemas, archives } = input;
  const environment = checkEnvironment(input.environment);
  const topology = makeTopology(schemas);
  const context = makeContext({ environment, topology, archives });
  const foundation = new FoundationStack(app, context);
  const state = new StateStack(app, context);
  const pipeline = new PipelineStack(app, context);
  const eventTypes = groupLanes(lanesOf(topology).filter(isEventLane), schemas).map(
    (group) => new EventTypesStack(app, context, group),
  );
  const edge = environment.edge === undefined ? [] : [new EdgeStack(app, context, environment.edge)];
  const observability = new ObservabilityStack(app, context);
  state.addDependency(foundation);
  pipeline.addDependency(state);
  for (const stack of [...eventTypes, ...edge, observability]) stack.addDependency(pipeline);
  return [foundation, state, pipeline, ...eventTypes, ...edge, observability];
}
