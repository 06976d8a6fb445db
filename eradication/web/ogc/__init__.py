"""OGC API Features for QGIS and others: pygeoapi reads the requests and writes the answers, we give the rows."""
