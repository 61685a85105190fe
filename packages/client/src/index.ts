export * from './client-secret-jwt.ts'
export * from './redeem-code.ts'
export * from './valetkey-error.ts'
