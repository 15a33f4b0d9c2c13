"""A scripted tour: every row of the troubleshooting page is broken in the stand-in, found, explained and mended."""
