import { Card, EmptyState, Mosaic, useAccent, useTranslation } from '@tessera/ui'
import { ArrowRight, Ticket } from 'lucide-react'
import { Link, useLoaderData } from 'react-router'
import { addresses } from '../addresses.ts'
import type { loadHome } from '../loaders.ts'
import { Shell } from './Shell.tsx'

/** The organisers with a shop on this installation. */
export function HomePage() {
  const { t } = useTranslation()
  const { items } = useLoaderData<Exclude<Awaited<ReturnType<typeof loadHome>>, Response>>()
  useAccent(null)
  return (
    <Shell title={t('home.title')}>
      <div className="mx-auto max-w-6xl px-5 py-10 sm:px-8 sm:py-16">
        {items.length === 0 ? (
          <EmptyState level={1} icon={Ticket} title={t('home.none.title')}>
            {t('home.none.text')}
          </EmptyState>
        ) : (
          <>
            <h1 className="text-4xl sm:text-6xl">{t('home.title')}</h1>
            <p className="mt-4 text-lg text-muted">{t('home.lead')}</p>
            <ul className="mt-10 grid gap-5 sm:grid-cols-2 lg:grid-cols-3">
              {items.map((organiser) => (
                <li key={organiser.id}>
                  <Link to={addresses.organiser(organiser.slug)} className="group block rounded-lg">
                    <Card className="overflow-hidden transition-colors group-hover:border-line-strong">
                      <div className="h-24">
                        <Mosaic seed={organiser.id} columns={10} rows={3} />
                      </div>
                      <div className="flex items-center justify-between gap-4 p-5">
                        <div className="min-w-0">
                          <h2 className="text-xl">{organiser.name}</h2>
                          <p className="mt-1 line-clamp-2 text-muted">{organiser.about}</p>
                        </div>
                        <ArrowRight aria-hidden="true" className="size-5 shrink-0 text-muted" />
                      </div>
                    </Card>
                  </Link>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </Shell>
  )
}
