/** The tools that this library is built and tested with, each with the reason for its pin. */

/** jsii 6 compiles with TypeScript 6.0. */
export const JSII = '~6.0.0';
/** ts-jest's peer is below 7. */
export const TYPESCRIPT = '~6.0.0';

/** The lowest aws-cdk-lib that users may have: cdk-nag 3 needs it, and integ-runner reads no assembly of a newer one. */
export const AWS_CDK_LIB = '2.257.0';
/** The newest aws-cdk-lib that the tests also run against; from 2.262 on it brings its own template validator. */
export const AWS_CDK_LIB_NEWEST = '2.276.0';
/** cdk-nag 3 needs it. */
export const CONSTRUCTS = '10.5.1';
/** Pinned: the dist-tag `latest` once pointed to an unusable release. */
export const AWS_CDK_CLI = '2.1148.1';
export const CDK_NAG = '3.0.2';
export const INTEG_RUNNER = '2.197.10';
export const ESBUILD = '^0.25.0';
/** Runs this repository's own TypeScript; the version that projen's tasks ask for. */
export const TSX = '4.23.0';
