import { z } from 'zod';
import {
  RuleFileBody,
  RuleFileList,
  RuleFileParams,
  RuleFileSummary,
  RuleFileText,
  RuleGroups,
  RuleTrialBody,
  RuleTrials,
} from './contract/rules.ts';
import type { Route } from './route.ts';

/** Files of rules, what they find, and what they would have found. */
export const ruleRoutes = {
  listRuleFiles: {
    method: 'GET',
    path: '/api/v1/rule-files',
    summary: 'Files of rules, by name.',
    tag: 'rules',
    role: 'viewer',
    response: RuleFileList,
  },
  readRuleFile: {
    method: 'GET',
    path: '/api/v1/rule-files/:name',
    summary: 'One file of rules as it was given.',
    tag: 'rules',
    role: 'viewer',
    params: RuleFileParams,
    response: RuleFileText,
  },
  putRuleFile: {
    method: 'PUT',
    path: '/api/v1/rule-files/:name',
    summary:
      'Add or replace a file of rules of Prometheus or objectives of OpenSLO; it is taken whole or refused with every fault.',
    tag: 'rules',
    role: 'admin',
    params: RuleFileParams,
    body: RuleFileBody,
    response: RuleFileSummary,
  },
  removeRuleFile: {
    method: 'DELETE',
    path: '/api/v1/rule-files/:name',
    summary: 'Remove a file of rules; what fires because of it is over.',
    tag: 'rules',
    role: 'admin',
    params: RuleFileParams,
    status: 204,
    response: z.undefined(),
  },
  listRuleGroups: {
    method: 'GET',
    path: '/api/v1/rule-groups',
    summary: 'Every group of rules with what waits and what fires. Prometheus has the same at /api/v1/rules.',
    tag: 'rules',
    role: 'viewer',
    response: RuleGroups,
  },
  tryRules: {
    method: 'POST',
    path: '/api/v1/rule-trials',
    summary: 'What the alerts of a file would have said over a stretch of what is stored; nothing is kept.',
    tag: 'rules',
    role: 'viewer',
    body: RuleTrialBody,
    response: RuleTrials,
  },
} as const satisfies Record<string, Route>;
