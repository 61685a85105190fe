import type { PermissionFlag } from './permission.ts'

/** The S3 calls that one permission makes possible, on objects and on whole buckets. */
export interface S3Operations {
  readonly object: readonly string[]
  /** Only with a whole bucket or the whole project: a prefix never covers its bucket. */
  readonly bucket: readonly string[]
}

/**
 * What each permission means to an S3 client. Names of buckets are visible with any permission.
 *
 * @source storj/edge, storj/storj satellite/metainfo
 */
export const s3Operations: { readonly [flag in PermissionFlag]: S3Operations } = {
  allow_download: {
    object: ['GetObject', 'HeadObject', 'GetObjectTagging', 'ListParts', 'CopyObject (source)'],
    bucket: [],
  },
  allow_upload: {
    object: [
      'PutObject',
      'CreateMultipartUpload',
      'UploadPart',
      'CompleteMultipartUpload',
      'CopyObject (target)',
      'PutObjectTagging',
      'DeleteObjectTagging',
    ],
    bucket: ['CreateBucket', 'PutBucketVersioning', 'PutBucketTagging'],
  },
  allow_list: {
    object: [
      'ListObjects',
      'ListObjectsV2',
      'ListObjectVersions',
      'ListMultipartUploads',
      'HeadObject',
      'GetObjectTagging',
    ],
    bucket: [],
  },
  allow_delete: {
    object: ['DeleteObject', 'DeleteObjects', 'AbortMultipartUpload', 'PutObject (overwriting)'],
    bucket: ['DeleteBucket'],
  },
  /** The coarse permission that the ones below replaced; old clients still ask for it. */
  allow_lock: { object: [], bucket: [] },
  allow_put_object_retention: { object: ['PutObjectRetention'], bucket: [] },
  allow_get_object_retention: { object: ['GetObjectRetention'], bucket: [] },
  allow_put_object_legal_hold: { object: ['PutObjectLegalHold'], bucket: [] },
  allow_get_object_legal_hold: { object: ['GetObjectLegalHold'], bucket: [] },
  allow_bypass_governance_retention: {
    object: ['DeleteObject (bypassing governance retention)'],
    bucket: [],
  },
  allow_put_bucket_object_lock_configuration: { object: [], bucket: ['PutObjectLockConfiguration'] },
  allow_get_bucket_object_lock_configuration: { object: [], bucket: ['GetObjectLockConfiguration'] },
  allow_put_bucket_notification_configuration: { object: [], bucket: ['PutBucketNotificationConfiguration'] },
  allow_get_bucket_notification_configuration: { object: [], bucket: ['GetBucketNotificationConfiguration'] },
}
