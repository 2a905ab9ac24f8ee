import { Link } from '@tanstack/react-router';
import { PageTitle } from './page-title.tsx';

/** What stands at an address that nothing has. */
export function NotFound() {
  return (
    <div className="grid gap-4">
      <PageTitle>There is nothing at this address</PageTitle>
      <p className="card">
        The address may be cut off or mistyped.{' '}
        <Link to="/" className="text-link underline">
          To the incidents
        </Link>
      </p>
    </div>
  );
}
