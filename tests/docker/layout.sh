#!/bin/sh
# A hook of mmdebstrap's: lays PyPI's pyspark out as apache/spark (github.com/apache/spark-docker) has it, for its user.
#
#     PYSPARK=.../site-packages layout.sh ROOT
set -eu

chroot "$1" useradd --system --uid 185 --user-group spark
tar -c -C "$PYSPARK" --owner=185 --group=185 --exclude=__pycache__ \
    --transform 's,^pyspark/\(bin\|sbin\|jars\|examples\|data\|python/lib\)\($\|/\),spark/\1\2,' \
    --transform 's,^pyspark/,spark/python/pyspark/,' --transform 's,^spark/lib,spark/python/lib,' pyspark | tar -x -p -C "$1/opt"
chroot "$1" install -d -o spark -g spark /opt/spark /opt/spark/work-dir
printf '#!/bin/bash\nexec "$@"\n' > "$1/opt/entrypoint.sh"
chmod 755 "$1/opt/entrypoint.sh"
