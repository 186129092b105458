"""The kinds of pages, one module each: from the library to pages, files and parts; pure."""
