"""`nero bench`: how fast this machine checks people in, beside the prototype's own loop."""
