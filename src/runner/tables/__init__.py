"""The operation of monitor-cluster's view of tables."""
