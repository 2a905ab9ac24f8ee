import { useEffect } from 'react';

/** The one heading of a view, and the title of its tab. */
export function PageTitle({ children }: { readonly children: string }) {
  useEffect(() => {
    document.title = `${children} · HeliosIQ`;
  }, [children]);
  return <h1 className="text-xl font-semibold tracking-tight text-balance sm:text-2xl wrap-anywhere">{children}</h1>;
}
