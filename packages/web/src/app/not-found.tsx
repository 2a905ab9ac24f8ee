import { Link } from '@tanstack/react-router';

/** What stands at an address that nothing has. */
export function NotFound() {
  return (
    <p className="card">
      There is nothing here.{' '}
      <Link to="/" className="text-link underline">
        To the incidents
      </Link>
    </p>
  );
}
