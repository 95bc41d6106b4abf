import {
  Briefcase,
  ClipboardCheck,
  FileBadge,
  Files,
  ListChecks,
  type LucideIcon,
  ScrollText,
  Settings,
  Signature,
  Waypoints,
} from 'lucide-react';
import type { ComponentType } from 'react';
import { CasesScreen } from './screens/cases/cases-screen.tsx';
import { ChecksScreen } from './screens/checks/checks-screen.tsx';
import { EvidenceScreen } from './screens/evidence/evidence-screen.tsx';
import { JournalScreen } from './screens/journal/journal-screen.tsx';
import { LineageScreen } from './screens/lineage/lineage-screen.tsx';
import { ReportsScreen } from './screens/reports/reports-screen.tsx';
import { ReviewScreen } from './screens/review/review-screen.tsx';
import { SettingsScreen } from './screens/settings/settings-screen.tsx';
import { SignOffScreen } from './screens/sign-off/sign-off-screen.tsx';

export interface Route {
  id: string;
  title: string;
  icon: LucideIcon;
  screen: ComponentType;
  /** Where it stands in the rail: on its own, for the open case, at the foot. */
  group: 'all' | 'case' | 'tool' | 'foot';
}
/** Every screen, in the order of the rail. One line each. */
export const routes: Route[] = [
  { id: 'cases', title: 'Cases', icon: Briefcase, screen: CasesScreen, group: 'all' },
  { id: 'reports', title: 'Reports', icon: FileBadge, screen: ReportsScreen, group: 'all' },
  { id: 'evidence', title: 'Evidence', icon: Files, screen: EvidenceScreen, group: 'case' },
  { id: 'checks', title: 'Checks', icon: ListChecks, screen: ChecksScreen, group: 'case' },
  { id: 'lineage', title: 'Lineage', icon: Waypoints, screen: LineageScreen, group: 'case' },
  { id: 'review', title: 'Review', icon: ClipboardCheck, screen: ReviewScreen, group: 'case' },
  { id: 'sign-off', title: 'Sign-off', icon: Signature, screen: SignOffScreen, group: 'case' },
  { id: 'journal', title: 'Journal', icon: ScrollText, screen: JournalScreen, group: 'tool' },
  { id: 'settings', title: 'Settings', icon: Settings, screen: SettingsScreen, group: 'foot' },
];
