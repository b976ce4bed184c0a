"""How many queries a page asks: in the answer's X-Queries, where the request carries X-Count."""

from django.db import connection


def count_queries(get_response):
    def middleware(request):
        if "X-Count" not in request.headers:
            return get_response(request)
        asked = []

        def note(execute, sql, params, many, context):
            asked.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = get_response(request)
        response["X-Queries"] = str(len(asked))
        return response

    return middleware
