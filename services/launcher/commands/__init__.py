"""The commands of `nero`, one file each. They read arguments and print; the work is done elsewhere."""
