"""The app as a web page for people without code; an extra, on Voilà."""
