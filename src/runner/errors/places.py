"""What to do about an error of a place where data lies, HDFS, S3 or a metastore: by the classes of their clients, and how
those begin."""


def _said(sentence):
    return lambda failure, context, found: sentence


def _denied_by_hdfs(failure, context, found):
    user, right, where = found.groups()
    return ("'%s', as whom Spark runs, lacks the right %s at '%s' of HDFS: its owner or an administrator gives it (hdfs "
            "dfs -chown, -chmod, -setfacl)." % (user, right, where))


KEYS = ("spark.hadoop.fs.s3a.access.key and spark.hadoop.fs.s3a.secret.key in SPARK_CONF, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY in the environment of the workers")
REGION = ("Set spark.hadoop.fs.s3a.endpoint.region to the bucket's region and spark.hadoop.fs.s3a.endpoint to an address of it, "
          "in SPARK_CONF; a server that is not Amazon's often needs spark.hadoop.fs.s3a.path.style.access=true.")
NO_DATANODE = "No DataNode that could do it can be reached from Spark's machines: hdfs dfsadmin -report lists those that live."
BY_CLASS = (
    (("AccessControlException",), r'Permission denied: user=(\S+), access=(\w+), inode="([^"\n]*)"', _denied_by_hdfs),
    (("SafeModeException",), "", _said(
        "HDFS only reads now. After a start it leaves safe mode by itself: try again; else an administrator ends it with hdfs "
        "dfsadmin -safemode leave.")),
    (("RemoteException", "StandbyException"), r"Operation category \w+ is not supported in state (?:standby|observer)", _said(
        "That NameNode is not the active one. Name the pair, hdfs://NAMESERVICE/path, which needs its hdfs-site.xml in "
        "HADOOP_CONF_DIR of the workers (or spark.hadoop.dfs.nameservices and what belongs to it in SPARK_CONF); or name the "
        "active one: hdfs haadmin -getAllServiceState.")),
    (("RemoteException",), r"File \S+ could only be written to \d+ of", _said(NO_DATANODE)),
    (("BlockMissingException",), "", _said(NO_DATANODE)),
    (("RpcException",), "RPC response", _said(
        "That port speaks another protocol than a NameNode's RPC, which is often at 8020 or 9000: fs.defaultFS of core-site.xml "
        "names it.")),
    (("EOFException",), "End of File Exception between local host", _said(
        "The NameNode closed the connection, as when it ends or restarts: see whether it runs, then try again.")),
    (("MetaException",), "Could not connect to meta store", _said(
        "Hive's metastore does not answer: check that it runs, and its address, spark.hadoop.hive.metastore.uris in SPARK_CONF "
        "or hive.metastore.uris in hive-site.xml on the workers. Files can be queried without it, in views.")),
    (("StandardException",), "Another instance of Derby", _said(
        "Derby lets one Spark in at a time. For several name a metastore that serves them: spark.hadoop.hive.metastore.uris, or "
        "another database in spark.hadoop.javax.jdo.option.ConnectionURL.")),
    (("NoAuthWithAWSException", "NoAwsCredentialsException"), "", _said("Spark has no key for S3: give %s." % KEYS)),
    (("AccessDeniedException",), r"s3[an]?://", _said(
        "S3 refused: the key is not known, its secret is wrong, or its user has no right to do this there. The key is "
        "%s." % KEYS)),
    (("UnknownStoreException",), "", _said("Check the bucket's name, and that fs.s3a.endpoint is the server that has it.")),
    (("ConnectException", "UnknownHostException", "AWSClientIOException"), r"(?:\w+ on )?s3[an]?://", _said(
        "Check spark.hadoop.fs.s3a.endpoint in SPARK_CONF, which names the server of S3 (left out: Amazon's), and that Spark's "
        "machines can reach it.")),
    (("AWSBadRequestException", "AWSRedirectException"), "", _said(REGION)),
    (("AWSServiceThrottledException", "AWSStatus500Exception"), "", _said(
        "S3 asks for fewer requests, and went on with it as long as Spark tried. Try again later, with fewer and larger files, "
        "fewer executors, or more patience: spark.hadoop.fs.s3a.retry.throttle.limit and .interval in SPARK_CONF.")),
)
