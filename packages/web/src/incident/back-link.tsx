import { useRouter } from '@tanstack/react-router';

/** Back to where the reader came from, or to the incidents when the view was opened by its address. */
export function BackLink() {
  const router = useRouter();
  const leave = (): void => {
    if (router.history.canGoBack()) router.history.back();
    else void router.navigate({ to: '/' });
  };
  return (
    <button type="button" className="back-link justify-self-start" onClick={leave}>
      Back
    </button>
  );
}
