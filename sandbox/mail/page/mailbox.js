const byId = (id) => document.getElementById(id)
const list = byId('list')
const reader = byId('reader')
const search = byId('search')
const pageSize = 100

let mails = []
let total = 0
let openId
let smtp = ''
const seen = new Set(JSON.parse(sessionStorage.getItem('seen') ?? '[]'))

/** A small builder: nothing from a mail is ever parsed as markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.filter((child) => child !== undefined))
  return element
}

async function call(path, options) {
  const response = await fetch(path, options)
  if (!response.ok) throw new Error(`${response.status} for ${path}`)
  return response.status === 204 ? undefined : response.json()
}

/** Work that a click or an event sets off. When the sandbox does not answer, the sign beside its name says so. */
function on(target, event, work) {
  target.addEventListener(event, (happened) => void Promise.resolve(work(happened)).catch(() => undefined))
}

// ---- the list

async function load(before) {
  const query = new URLSearchParams({ limit: String(pageSize), search: search.value.trim() })
  if (before !== undefined) query.set('before', String(before))
  const answer = await call(`/api/messages?${query}`)
  mails = before === undefined ? answer.messages : [...mails, ...answer.messages]
  total = answer.total
  showList()
}

function showList() {
  list.replaceChildren(...mails.map(row))
  byId('more').hidden = mails.length === 0 || mails.length >= total
  const nothing = byId('nothing')
  nothing.hidden = mails.length > 0
  nothing.textContent = search.value.trim() === '' ? 'No mail yet.' : `No mail fits “${search.value.trim()}”.`
  const unread = mails.filter((mail) => !seen.has(mail.id)).length
  document.title = unread === 0 ? 'Mail sandbox' : `(${unread}) Mail sandbox`
  document.body.classList.toggle('vacant', total === 0 && search.value.trim() === '')
  if (openId === undefined) showNothingOpen()
}

function row(mail) {
  const files = mail.attachments.filter((file) => !file.inline).length
  return make(
    'li',
    {},
    make(
      'a',
      {
        class: seen.has(mail.id) ? 'mail' : 'mail new',
        href: `#/${mail.id}`,
        'aria-current': mail.id === openId ? 'true' : undefined,
      },
      make('span', { class: 'who' }, `To ${recipients(mail)}`),
      make(
        'time',
        { class: 'when', datetime: mail.receivedAt, title: full(mail.receivedAt) },
        short(mail.receivedAt),
      ),
      make('span', { class: 'subject' }, mail.subject || '(no subject)'),
      files === 0 ? undefined : make('span', { class: 'clip' }, files === 1 ? '1 file' : `${files} files`),
      make('span', { class: 'preview' }, mail.preview || ' '),
    ),
  )
}

const recipients = (mail) => mail.envelope.to.join(', ')

function short(iso) {
  const date = new Date(iso)
  const isToday = date.toDateString() === new Date().toDateString()
  return isToday
    ? date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleDateString([], { day: 'numeric', month: 'short' })
}

const full = (iso) => new Date(iso).toLocaleString([], { dateStyle: 'full', timeStyle: 'medium' })

// ---- one mail

async function open(id) {
  openId = id
  document.body.classList.toggle('reading', id !== undefined)
  showList()
  if (id === undefined) return
  const mail = await call(`/api/messages/${id}`).catch(() => undefined)
  if (openId !== id) return
  if (mail === undefined) return showGone()
  seen.add(id)
  sessionStorage.setItem('seen', JSON.stringify([...seen].slice(-5000)))
  showList()
  showMail(mail)
}

const back = () => make('a', { class: 'back', href: '#/' }, '‹ All mail')

function showMail(mail) {
  const heading = make('h1', { tabindex: '-1' }, mail.subject || '(no subject)')
  reader.replaceChildren(back(), heading, facts(mail), ...files(mail), ...views(mail))
  reader.scrollTop = 0
  heading.focus({ preventScroll: true })
}

function facts(mail) {
  const person = ({ name, address }) => (name === '' ? address : `${name} <${address}>`)
  const named = [...mail.to, ...mail.cc].map((one) => one.address.toLowerCase())
  const blind = mail.envelope.to.filter((address) => !named.includes(address.toLowerCase()))
  const rows = [
    ['From', mail.from === undefined ? mail.envelope.from : person(mail.from)],
    ['To', mail.to.map(person).join(', ')],
    ['Copy', mail.cc.map(person).join(', ')],
    ['Blind copy', blind.join(', ')],
    ['Reply to', mail.replyTo.map(person).join(', ')],
    ['Received', full(mail.receivedAt)],
  ]
  return make(
    'dl',
    { class: 'facts' },
    ...rows
      .filter(([, value]) => value !== '')
      .flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]),
  )
}

function files(mail) {
  const shown = mail.attachments.filter((file) => !file.inline)
  if (shown.length === 0) return []
  const link = (file) =>
    make(
      'a',
      { href: `/api/messages/${mail.id}/attachments/${file.index}`, download: file.filename },
      file.filename,
      make('small', {}, size(file.size)),
    )
  return [
    make(
      'ul',
      { class: 'files', 'aria-label': 'Attachments' },
      ...shown.map((file) => make('li', {}, link(file))),
    ),
  ]
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

function views(mail) {
  const views = [
    ...(mail.html === undefined ? [] : [['Message', () => frame(mail)]]),
    ['Text', () => make('pre', { class: 'prose' }, mail.text || 'This mail has no text part.')],
    ['Headers', () => headers(mail)],
    ['Source', () => source(mail)],
  ]
  const panel = make('div', { role: 'tabpanel', tabindex: '0', 'aria-label': views[0][0] })
  const tabs = views.map(([name, content]) =>
    make(
      'button',
      { type: 'button', role: 'tab', 'aria-selected': 'false', click: () => choose(name, content) },
      name,
    ),
  )
  const choose = (name, content) => {
    for (const tab of tabs) {
      const isChosen = tab.textContent === name
      tab.setAttribute('aria-selected', String(isChosen))
      tab.tabIndex = isChosen ? 0 : -1
    }
    panel.setAttribute('aria-label', name)
    panel.replaceChildren(content())
  }
  const walk = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const at = tabs.indexOf(document.activeElement)
    if (step === undefined || at < 0) return
    const next = tabs[(at + step + tabs.length) % tabs.length]
    next.click()
    next.focus()
  }
  choose(...views[0])
  const remove = make(
    'button',
    { type: 'button', class: 'away danger', click: () => removeOne(mail.id) },
    'Delete',
  )
  const strip = make(
    'div',
    { role: 'tablist', 'aria-label': 'Ways to read it', keydown: walk, class: 'tabs' },
    ...tabs,
  )
  return [make('div', { class: 'tabs-row' }, strip, remove), panel]
}

/** Without scripts (sandbox and policy both forbid them); of our origin only so that its height can be measured. */
function frame(mail) {
  const iframe = make('iframe', {
    src: `/api/messages/${mail.id}/html`,
    title: `The mail “${mail.subject}”`,
    sandbox: 'allow-same-origin allow-popups allow-popups-to-escape-sandbox',
    referrerpolicy: 'no-referrer',
  })
  const fit = () => {
    const root = iframe.contentDocument?.documentElement
    if (root !== undefined && root !== null) iframe.style.height = `${root.scrollHeight + 2}px`
  }
  iframe.addEventListener('load', () => {
    fit()
    if (iframe.contentDocument !== null)
      new ResizeObserver(fit).observe(iframe.contentDocument.documentElement)
  })
  return iframe
}

function headers(mail) {
  const rows = mail.headers.flatMap(({ name, value }) => [make('dt', {}, name), make('dd', {}, value)])
  return make('dl', { class: 'headers' }, ...rows)
}

function source(mail) {
  const text = make('pre', {}, 'Loading')
  const path = `/api/messages/${mail.id}/raw`
  const show = (raw) => {
    text.textContent =
      raw.length > 300_000 ? `${raw.slice(0, 300_000)}\n\n(cut here; the whole is at ${path})` : raw
  }
  fetch(path)
    .then((response) => response.text())
    .then(show, () => show('The sandbox does not answer.'))
  return text
}

async function removeOne(id) {
  await call(`/api/messages/${id}`, { method: 'DELETE' }).catch(() => undefined)
  location.hash = '#/'
}

function showGone() {
  const words = make(
    'div',
    { class: 'empty' },
    make('h1', {}, 'This mail is gone'),
    make('p', {}, 'It was deleted, or made room for newer mail.'),
  )
  reader.replaceChildren(back(), words)
}

function showNothingOpen() {
  const picture = make('img', { src: '/mailbox.svg', alt: '', width: '56', height: '56' })
  const words =
    total === 0
      ? [
          make('h1', {}, 'No mail yet'),
          make(
            'p',
            {},
            'Nothing leaves this machine. Send to ',
            make('code', {}, `smtp://${smtp}`),
            ' and it appears here.',
          ),
        ]
      : [make('h1', {}, total === 1 ? 'One mail' : `${total} mails`), make('p', {}, 'Choose one to read it.')]
  reader.replaceChildren(make('div', { class: 'empty' }, picture, ...words))
}

// ---- refusals

function showFaults(state) {
  smtp = state.smtp
  const said = {
    down: 'The server is unplugged',
    closed: 'Connections are dropped',
    slow: 'Answers are slow',
  }
  const words = state.refusals.map(({ code, to, left }) => {
    const what = said[code] ?? `Mail is refused with ${code}`
    return `${what}${to === undefined ? '' : ` for ${to}`}${left === undefined ? '' : `, ${left} more`}`
  })
  byId('fault').hidden = words.length === 0
  byId('fault-text').textContent = `${words.join('. ')}.`
  if (openId === undefined) showNothingOpen()
}

const readFaults = () => call('/_sandbox').then(showFaults, () => undefined)

// ---- keeping up

let soon
function later(work) {
  clearTimeout(soon)
  soon = setTimeout(() => void Promise.resolve(work()).catch(() => undefined), 120)
}

function listen() {
  const stream = new EventSource('/api/stream')
  const live = byId('live')
  stream.addEventListener('open', () => {
    live.classList.add('on')
    live.textContent = 'Live'
    later(() => load())
  })
  stream.addEventListener('error', () => {
    live.classList.remove('on')
    live.textContent = 'Connecting'
  })
  stream.addEventListener('arrived', (event) => {
    const mail = JSON.parse(event.data)
    byId('announce').textContent = `New mail to ${recipients(mail)}: ${mail.subject}`
    later(() => Promise.all([load(), readFaults()]))
  })
  stream.addEventListener('removed', () => later(() => load()))
}

function follow() {
  const id = Number(location.hash.slice(2))
  return open(Number.isInteger(id) && id > 0 ? id : undefined)
}

search.addEventListener('input', () => later(() => load()))
on(byId('more'), 'click', () => load(mails.at(-1)?.id))
on(byId('accept'), 'click', () => call('/_sandbox/accept', { method: 'POST' }).then(showFaults))
byId('delete-all').addEventListener('click', () => {
  byId('menu').open = false
  byId('confirm').showModal()
})
on(byId('confirm'), 'close', async () => {
  if (byId('confirm').returnValue !== 'yes') return
  await call('/api/messages', { method: 'DELETE' })
  location.hash = '#/'
})
for (const button of document.querySelectorAll('[data-refuse]'))
  on(button, 'click', async () => {
    byId('menu').open = false
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: button.dataset.refuse,
    }
    showFaults(await call('/_sandbox/refuse', options))
  })
document.addEventListener('click', (event) => {
  if (!byId('menu').contains(event.target)) byId('menu').open = false
})
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') byId('menu').open = false
})
on(window, 'hashchange', follow)
setInterval(() => void readFaults(), 4000)

await Promise.all([load(), readFaults()])
await follow()
listen()
