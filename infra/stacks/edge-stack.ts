import { createHash } from 'node:crypto';
import { ComputeBackendService } from '@cdktf/provider-google/lib/compute-backend-service/index.js';
import { ComputeGlobalAddress } from '@cdktf/provider-google/lib/compute-global-address/index.js';
import { ComputeGlobalForwardingRule } from '@cdktf/provider-google/lib/compute-global-forwarding-rule/index.js';
import { ComputeManagedSslCertificate } from '@cdktf/provider-google/lib/compute-managed-ssl-certificate/index.js';
import { ComputeRegionNetworkEndpointGroup } from '@cdktf/provider-google/lib/compute-region-network-endpoint-group/index.js';
import { ComputeSecurityPolicy } from '@cdktf/provider-google/lib/compute-security-policy/index.js';
import { ComputeSslPolicy } from '@cdktf/provider-google/lib/compute-ssl-policy/index.js';
import { ComputeTargetHttpsProxy } from '@cdktf/provider-google/lib/compute-target-https-proxy/index.js';
import { ComputeUrlMap } from '@cdktf/provider-google/lib/compute-url-map/index.js';
import { TerraformOutput } from 'cdktf';
import { Construct } from 'constructs';
import type { Context } from '../constructs/context.ts';
import { EdiStack } from '../constructs/edi-stack.ts';
import type { Edge } from '../environment-parts.ts';

const name = 'edi-ingest';
/** The rule that every policy ends with ("Security policy overview", Cloud Armor). */
const lastRulePriority = 2_147_483_647;

/**
 * One address for SDKs everywhere, before ingest in every region. HTTPS alone: there is no port 80 that would take a
 * write key in the clear first and redirect afterwards.
 */
export class EdgeStack extends EdiStack {
  constructor(scope: Construct, context: Context, edge: Edge) {
    super(scope, 'edge', context);
    const service = declareService(this, context, edge);
    const certificate = new ComputeManagedSslCertificate(this, 'certificate', {
      name: certificateName(edge.domain),
      managed: { domains: [edge.domain] },
      // Another domain is another certificate, in use before the old one goes.
      lifecycle: { createBeforeDestroy: true },
    });
    const proxy = new ComputeTargetHttpsProxy(this, 'proxy', {
      name,
      urlMap: new ComputeUrlMap(this, 'url-map', { name, defaultService: service.id }).id,
      sslCertificates: [certificate.id],
      sslPolicy: new ComputeSslPolicy(this, 'ssl-policy', { name, profile: 'MODERN', minTlsVersion: 'TLS_1_2' }).id,
    });
    for (const version of ['IPV4', 'IPV6'] as const) {
      const id = version.toLowerCase();
      const address = new ComputeGlobalAddress(this, `address-${id}`, { name: `${name}-${id}`, ipVersion: version });
      new ComputeGlobalForwardingRule(this, `forwarding-${id}`, {
        name: `${name}-${id}`,
        ipAddress: address.id,
        portRange: '443',
        target: proxy.id,
        loadBalancingScheme: 'EXTERNAL_MANAGED',
      });
      new TerraformOutput(this, `address-${id}-for-dns`, { value: address.address });
    }
  }
}

/** Of two domains never the same, however long or alike: both certificates are there at once when one follows the other. */
function certificateName(domain: string): string {
  const readable = `${name}-${domain.replaceAll('.', '-')}`.slice(0, 54).replace(/-+$/, '');
  return `${readable}-${createHash('sha256').update(domain).digest('hex').slice(0, 8)}`;
}

function declareService(scope: Construct, context: Context, edge: Edge): ComputeBackendService {
  const groups = new Construct(scope, 'region');
  const backends = context.environment.regions.map((region) => {
    const group = new ComputeRegionNetworkEndpointGroup(groups, region, {
      name: `${name}-${region}`,
      region,
      networkEndpointType: 'SERVERLESS',
      cloudRun: { service: 'ingest' },
      // A region that goes leaves the service first: without this Terraform deletes the group at once, and Google refuses what
      // is in use.
      lifecycle: { createBeforeDestroy: true },
    });
    return { group: group.id };
  });
  return new ComputeBackendService(scope, 'service', {
    name,
    protocol: 'HTTPS',
    loadBalancingScheme: 'EXTERNAL_MANAGED',
    backend: backends,
    securityPolicy: declareThrottle(scope, edge).id,
    // They would hold addresses, user agents and the write keys of beacons.
    logConfig: { enable: false },
    // Serverless backends have no health checks, and take nothing of success rates ("OutlierDetection", Compute Engine API).
    // Our own 503s count, so an outage of what all regions share must not eject them all.
    outlierDetection: {
      consecutiveErrors: 20,
      enforcingConsecutiveErrors: 100,
      consecutiveGatewayFailure: 10,
      enforcingConsecutiveGatewayFailure: 100,
      interval: { seconds: 10 },
      baseEjectionTime: { seconds: 30 },
      maxEjectionPercent: 50,
    },
  });
}

/** A flood from one address. Its 429 is not the receiver's: no problem+json, no CORS; so it is set far above honest use. */
function declareThrottle(scope: Construct, { maxRequestsPerMinute }: Edge): ComputeSecurityPolicy {
  const everybody = { versionedExpr: 'SRC_IPS_V1', config: { srcIpRanges: ['*'] } };
  return new ComputeSecurityPolicy(scope, 'throttle', {
    name: `${name}-throttle`,
    type: 'CLOUD_ARMOR',
    rule: [
      {
        description: 'Requests of one address',
        priority: 1_000,
        action: 'throttle',
        match: everybody,
        rateLimitOptions: {
          conformAction: 'allow',
          exceedAction: 'deny(429)',
          enforceOnKey: 'IP',
          rateLimitThreshold: { count: maxRequestsPerMinute, intervalSec: 60 },
        },
      },
      { description: 'Everything else', priority: lastRulePriority, action: 'allow', match: everybody },
    ],
  });
}
