import { InvalidArgumentError, Option } from 'commander';
import { parseEventTypeName } from '../../shared/event/event-type-name.ts';

/** `--type`, the name of an event type. */
export function typeOption(description = 'of this event type'): Option {
  return new Option('--type <type>', description).argParser((text) => {
    if (parseEventTypeName(text) !== undefined) return text;
    throw new InvalidArgumentError('Give an event type such as shop.order.v1.');
  });
}
