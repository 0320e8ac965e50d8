import {
  buttonClass,
  Footer,
  PageHeader,
  TesseraMark,
  TestModeBanner,
  useAccent,
  useTranslation,
} from '@tessera/ui'
import { Search } from 'lucide-react'
import { useEffect, type ReactNode } from 'react'
import { Link } from 'react-router'
import { addresses } from '../addresses.ts'
import { platformTestMode } from '../first-data.ts'

type Props = {
  title: string
  organiser?: { slug: string; name: string; accentColor: string | null }
  testMode?: boolean
  children: ReactNode
}

/** The frame of a page: test mode, header with the organiser's name, content, footer. */
export function Shell({ title, organiser, testMode = platformTestMode, children }: Props) {
  const { t } = useTranslation()
  useAccent(organiser?.accentColor)
  useEffect(() => {
    document.title = title
  }, [title])
  return (
    <div className="flex min-h-dvh flex-col">
      {testMode && <TestModeBanner>{t('test.banner')}</TestModeBanner>}
      <PageHeader
        start={
          organiser ? (
            <Link
              to={addresses.organiser(organiser.slug)}
              className="flex min-h-11 min-w-0 items-center gap-2.5 font-bold tracking-tight"
            >
              <span aria-hidden="true" className="size-3 shrink-0 rounded-[3px] bg-accent" />
              <span className="truncate">{organiser.name}</span>
            </Link>
          ) : (
            <Link to={addresses.home} className="flex min-h-11 items-center gap-2.5 font-bold tracking-tight">
              <TesseraMark className="text-accent-text" /> Tessera
            </Link>
          )
        }
        end={
          <Link to={addresses.findOrder} className={`${buttonClass('quiet', 'sm')} -mr-3.5 shrink-0`}>
            <Search aria-hidden="true" />
            <span className="max-sm:sr-only">{t('nav.findOrder')}</span>
          </Link>
        }
      />
      <main id="main" tabIndex={-1} className="grow outline-none">
        {children}
      </main>
      <Footer>
        <span className="flex items-center gap-2">
          <TesseraMark className="size-4 text-muted" /> {t('footer.by')}
        </span>
        <Link
          to={addresses.findOrder}
          className="inline-flex min-h-11 items-center underline underline-offset-4"
        >
          {t('nav.findOrder')}
        </Link>
      </Footer>
    </div>
  )
}
