"""The office's pages, in NiceGUI. No rule lives here: a page calls the office functions that REST calls."""
