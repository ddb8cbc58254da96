"""What every request and answer shares: middleware, errors, menus, paging, logs."""
