"""The application, without pixels and without vendor libraries."""
