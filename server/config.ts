import { z } from 'zod'
import { defaultLimits, type Limits } from '#platform/rate-limit'

/** Everything that can be set, read once. Nothing else in the server reads the environment. */
const schema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  PUBLIC_URL: z.url().optional(),
  DATABASE_URL: z.url().optional(),
  DATABASE_OWNER_URL: z.url().optional(),
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(16),
  DATA_DIR: z.string().default('.tessera'),
  MASTER_KEY: z.string().optional(),
  MASTER_KEYS_OLD: z.string().optional(),
  SESSION_SECRET: z.string().optional(),
  STRIPE_API_URL: z.url().optional(),
  STRIPE_SECRET_KEY: z.string().optional(),
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  SMTP_URL: z.url().optional(),
  MAIL_FROM: z.string().default('Tessera <tickets@localhost>'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
})

export { schema as environmentSchema }

export interface Config {
  mode: 'development' | 'test' | 'production'
  host: string
  port: number
  publicUrl: string
  database: { applicationUrl: string; poolSize: number }
  masterKeys: Buffer[]
  sessionSecret: string
  stripe: { apiUrl: string | undefined; secretKey: string; webhookSecret: string; callsPerSecond: number }
  mail: { smtpUrl: string; from: string }
  logLevel: string
  trustedProxies: number
  limits: Limits
  /** True when payments go to the sandbox: shown on every page. */
  testMode: boolean
}

export const ordinaryLimits: Limits = { ...defaultLimits }
