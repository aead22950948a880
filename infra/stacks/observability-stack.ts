import { BillingBudget } from '@cdktf/provider-google/lib/billing-budget/index.js';
import { MonitoringDashboard } from '@cdktf/provider-google/lib/monitoring-dashboard/index.js';
import { MonitoringNotificationChannel } from '@cdktf/provider-google/lib/monitoring-notification-channel/index.js';
import type { Construct } from 'constructs';
import type { Context } from '../constructs/context.ts';
import { EdiStack } from '../constructs/edi-stack.ts';
import type { Budget } from '../environment-parts.ts';
import { literal } from '../literal.ts';
import { declareAlerts } from './alerts.ts';
import { dashboard } from './dashboard.ts';
import { declareHourStates } from './hour-states.ts';
import { declareLogMetrics } from './log-metrics.ts';
import { declareObjectives } from './objectives.ts';

/** What operators see, and what wakes them. */
export class ObservabilityStack extends EdiStack {
  constructor(scope: Construct, context: Context) {
    super(scope, 'observability', context);
    const channel = new MonitoringNotificationChannel(this, 'on-call', {
      displayName: 'EDI on call',
      type: 'email',
      labels: { email_address: context.environment.alertEmail },
    });
    const metrics = declareLogMetrics(this);
    new MonitoringDashboard(this, 'dashboard', { dashboardJson: literal(JSON.stringify(dashboard(context.topology))) });
    declareHourStates(this, context);
    declareAlerts(this, context, { channel, metrics });
    declareObjectives(this, context, channel);
    const { budget, projectNumber } = context.environment;
    if (budget !== undefined) declareBudget(this, { budget, projectNumber, channel });
  }
}

interface BudgetProps {
  readonly budget: Budget;
  readonly projectNumber: string;
  readonly channel: MonitoringNotificationChannel;
}

function declareBudget(scope: Construct, { budget, projectNumber, channel }: BudgetProps): void {
  new BillingBudget(scope, 'budget', {
    billingAccount: budget.billingAccount,
    displayName: 'EDI',
    budgetFilter: { projects: [`projects/${projectNumber}`] },
    amount: { specifiedAmount: { currencyCode: budget.currency, units: `${budget.monthlyAmount}` } },
    thresholdRules: [
      { thresholdPercent: 0.5 },
      { thresholdPercent: 0.9 },
      { thresholdPercent: 1.1, spendBasis: 'FORECASTED_SPEND' },
    ],
    allUpdatesRule: { monitoringNotificationChannels: [channel.name], disableDefaultIamRecipients: true },
  });
}
