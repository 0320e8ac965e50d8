import { z } from 'zod'
import { defineEvent } from '#platform/events'

const about = z.object({ eventId: z.uuid() })

/** The event can be seen and sold from now on. */
export const eventPublished = defineEvent('eventPublished', 1, about)
/** The event will not take place. It stays visible, and nothing more of it is sold. */
export const eventCancelled = defineEvent('eventCancelled', 1, about)
/** Something that its page, prices or tickets show is different now. Drafts announce nothing. */
export const eventChanged = defineEvent('eventChanged', 1, about)
