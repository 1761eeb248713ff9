"""Which rows are near which: the search within one class and among all classes, its settings and its bounds."""
