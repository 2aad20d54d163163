import { Token } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { invalidInput } from '../core';

const REPOSITORY = 'public.ecr.aws/docker/library/postgres';
/** https://gallery.ecr.aws/docker/library/postgres */
const TAGS: Readonly<Record<string, string>> = {
  13: '13.23-bookworm',
  14: '14.20-bookworm',
  15: '15.15-bookworm',
  16: '16.11-bookworm',
  17: '17.7-bookworm',
  18: '18.1-bookworm',
};
const NEWEST = '18';
/** From this major on, the image keeps the volume of its data one folder higher. */
const VOLUME_MOVED = 18;

/** What runs the copy's script. */
export interface ClientImage {
  readonly image: ContainerImage;
  /** A folder that the image says is a volume, and gives to its own user: what is mounted there is that user's too. */
  readonly workFolder: string;
}

/** The image of the clients. An older pg_dump refuses a newer server; a later one reads every older. */
export function clientImage(given: ContainerImage | undefined, clientMajor: string | undefined, sourceMajor: string | undefined): ClientImage {
  const known = sourceMajor !== undefined && !Token.isUnresolved(sourceMajor) && sourceMajor in TAGS ? sourceMajor : undefined;
  const major = clientMajor ?? known ?? NEWEST;
  if (!(major in TAGS)) throw invalidInput('clientMajor', Token.isUnresolved(major) ? 'a token' : major, Object.keys(TAGS).join(', '));
  if (known !== undefined && Number(major) < Number(known)) throw invalidInput('clientMajor', major, `${known}, the source's, or later`);
  return {
    image: given ?? ContainerImage.fromRegistry(`${REPOSITORY}:${TAGS[major]}`),
    workFolder: Number(major) < VOLUME_MOVED ? '/var/lib/postgresql/data' : '/var/lib/postgresql',
  };
}
