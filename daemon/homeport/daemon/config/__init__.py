"""The config file: one declaration per setting, read, checked, edited and watched."""
