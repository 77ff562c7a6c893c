/** Hands events to the observers. An observer that fails cannot fail the flow that published. */
import type { DomainEvent, EventHandlers, EventOf, EventType } from './catalogue.ts'

export interface Publisher {
  /** Announces what happened. Call after the commit that made it true; returns at once and never throws. */
  publish(event: DomainEvent): void
}

export interface EventBus extends Publisher {
  /** Adds an observer; it receives every event published from now on, in order. */
  subscribe(name: string, handlers: EventHandlers): void
  /** For a part that cares about one kind of event and is no observer of what happens here, such as a cache. */
  on<Type extends EventType>(type: Type, handle: (event: EventOf<Type>) => void): void
}

/** @param onFailure told when an observer throws; must not throw itself. */
export function createEventBus(
  onFailure: (observer: string, type: EventType, error: unknown) => void,
): EventBus {
  const observers: { name: string; handlers: Partial<EventHandlers> }[] = []
  return {
    subscribe(name, handlers) {
      observers.push({ name, handlers })
    },
    on(type, handle) {
      observers.push({ name: 'other', handlers: { [type]: handle } })
    },
    publish(event) {
      for (const observer of observers) {
        // The table is keyed by the event's own type, which the compiler cannot see through the union.
        const handle = observer.handlers[event.type] as ((event: DomainEvent) => void) | null | undefined
        if (handle == null) continue
        try {
          handle(event)
        } catch (error) {
          onFailure(observer.name, event.type, error)
        }
      }
    },
  }
}
