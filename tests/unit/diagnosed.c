#include "diagnosed.h"

#include "base/jx.h"
#include "diagnosis/findings.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *answer;

int begin(void **state)
{
    return 0;
}

int end(void **state)
{
    json_decref(answer);
    answer = NULL;
    return 0;
}

void diagnose_told(json_t *told)
{
    json_decref(answer);
    answer = diagnose(told);
    json_decref(told);
}

void assert_fits(void)
{
    char *text = json_dumps(answer, JSON_COMPACT);

    assert_in_range(strlen(text), 100, 5000);
    free(text);
}

const json_t *first(void)
{
    return json_array_get(jx_array(answer, "findings"), 0);
}

const char *found(void)
{
    static char ids[100];
    const json_t *finding;
    size_t i;

    ids[0] = '\0';
    json_array_foreach (jx_array(answer, "findings"), i, finding)
        snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%s%s", i > 0 ? " " : "",
                 jx_string(finding, "id"));
    return ids;
}

void diagnose_plan(const char *stage, const char *nodes, const char *edges)
{
    json_t *told = told_of(stage, "", "");
    char text[3000];

    snprintf(text, sizeof text,
             "{'queries':[{'id':0,'status':'COMPLETED','duration':100000,'successJobIds':"
             "[0]}],'plans':{'0':{'id':0,'duration':100000,'nodes':[%s],'edges':[%s]}}}",
             nodes, edges);
    json_object_update_new(told, json_of(text));
    diagnose_told(told);
}

json_t *told_of(const char *stage, const char *summary, const char *task)
{
    char text[3000];

    snprintf(text, sizeof text,
             "{'place':{'startMs':1000,'endMs':101000,'toldMs':101000,'isRunning':false},"
             "'jobs':[{'jobId':0,'status':'SUCCEEDED','name':'count at /jobs/a.py:7',"
             "'submissionTime':'1970-01-01T00:00:01.000GMT',"
             "'completionTime':'1970-01-01T00:01:41.000GMT','stageIds':[0]}],"
             "'stages':[{'stageId':0,'attemptId':0,'status':'COMPLETE','name':'count at "
             "/jobs/a.py:7','submissionTime':'1970-01-01T00:00:01.000GMT',"
             "'firstTaskLaunchedTime':'1970-01-01T00:00:01.000GMT',"
             "'completionTime':'1970-01-01T00:01:41.000GMT',%s}],"
             "'executors':[{'id':'driver','maxTasks':0,'totalDuration':9999999,"
             "'addTime':'1970-01-01T00:00:01.000GMT'},{'id':'0','maxTasks':4,"
             "'addTime':'1970-01-01T00:00:01.000GMT'}],"
             "'summaries':{'0.0':{%s}},'slowest':{'0.0':[%s]}}",
             stage, summary, task);
    return json_of(text);
}
