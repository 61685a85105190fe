import { z } from 'zod'

/** Accounts of developers and users: register, sign in, look after the account. Unknown fields are ignored. */

const email = z.string().max(1024)
/** Long enough to be told in words what a password may be; what it may be is the server's to say. */
const password = z.string().max(1024)
const name = z.string().max(1024)
const mailedToken = z.string().min(1).max(256)

export const registrationForm = z.object({
  /** The documents of the StorX contract say `name`; without either, the e-mail's local part stands in. */
  fullName: name.optional(),
  name: name.optional(),
  email,
  password,
  companyName: name.optional(),
})
export type RegistrationForm = z.infer<typeof registrationForm>

/** Only when the server verifies addresses; its answer is empty otherwise. */
export const registrationAnswer = z.object({
  /** Goes into the activation together with the mailed code. */
  signupId: z.string(),
})
export type RegistrationAnswer = z.infer<typeof registrationAnswer>

export const activationForm = z.object({
  email,
  /** Six digits, from the mail. */
  code: z.string().max(16),
  /** From the answer to the registration. */
  signupId: z.string().max(256),
})
export type ActivationForm = z.infer<typeof activationForm>

export const signInForm = z.object({ email, password, rememberForOneWeek: z.boolean().optional() })
export type SignInForm = z.infer<typeof signInForm>

export const sessionAnswer = z.object({
  /** RFC 3339. */
  expiresAt: z.string(),
  /** For `Authorization: Bearer`; the cookie holds the same. */
  token: z.string(),
})
export type SessionAnswer = z.infer<typeof sessionAnswer>

/** Where an account is signed in, newest first. */
export const sessionListAnswer = z.object({
  sessions: z.array(
    z.object({
      /** Names the session in the paths of this API; opens nothing. */
      id: z.string(),
      /** RFC 3339. */
      created_at: z.string(),
      expires_at: z.string(),
      /** The address it was begun from. */
      network: z.string(),
      /** What the browser called itself then. */
      user_agent: z.string(),
      /** True for the session that asks. */
      current: z.boolean(),
    }),
  ),
})
export type SessionListAnswer = z.infer<typeof sessionListAnswer>

export const sessionPath = z.object({ id: z.string().max(64) })

/** How many sessions ended, the one that asked among them. */
export const sessionsEndedAnswer = z.object({ ended: z.number().int() })
export type SessionsEndedAnswer = z.infer<typeof sessionsEndedAnswer>

export const accountAnswer = z.object({
  id: z.string(),
  fullName: z.string(),
  email: z.string(),
  companyName: z.string(),
  /** RFC 3339. */
  createdAt: z.string(),
  pendingVerification: z.boolean(),
  /** 0 inactive, 1 active, 2 deleted. */
  status: z.number().int(),
})
export type AccountAnswer = z.infer<typeof accountAnswer>

export const renameForm = z.object({ fullName: name })
export type RenameForm = z.infer<typeof renameForm>

export const changePasswordForm = z.object({ password, newPassword: password })
export type ChangePasswordForm = z.infer<typeof changePasswordForm>

export const newPasswordForm = z.object({ newPassword: password })

export const forgotPasswordForm = z.object({ email })
export type ForgotPasswordForm = z.infer<typeof forgotPasswordForm>

export const resetTokenQuery = z.object({ token: mailedToken })

export const resetTokenAnswer = z.object({ email: z.string(), fullName: z.string(), valid: z.literal(true) })
export type ResetTokenAnswer = z.infer<typeof resetTokenAnswer>

export const resetPasswordForm = z.object({ token: mailedToken, newPassword: password })
export type ResetPasswordForm = z.infer<typeof resetPasswordForm>

export const successAnswer = z.object({ success: z.literal(true) })

export const projectForm = z.object({ name })
export type ProjectForm = z.infer<typeof projectForm>

export const projectPath = z.object({ id: z.string().max(64) })

export const projectAnswer = z.object({
  id: z.string(),
  name: z.string(),
  ownerId: z.string(),
  /** RFC 3339. */
  createdAt: z.string(),
})
export type ProjectAnswer = z.infer<typeof projectAnswer>
