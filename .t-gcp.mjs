import fs from '@google-cloud/firestore';
import gax from 'google-gax';
const { v1 } = fs;
const t0=Date.now();
const c = new v1.FirestoreClient({ servicePath:'127.0.0.1', port:18080, sslCreds: gax.grpc.credentials.createInsecure(), projectId:'p1', universeDomain:'googleapis.com', clientConfig:{} }); for (const m of ['batchWrite','batchGetDocuments','commit']) { const f=c[m].bind(c); c[m]=(r,o={})=>f(r,{...o,otherArgs:{headers:{authorization:'Bearer owner'}}}); };
const db='projects/p1/databases/(default)';
const doc=(k)=>`${db}/documents/claims/${k}`;
const w=(k,pre,owner='o')=>({update:{name:doc(k),fields:{claims:{mapValue:{fields:{[owner]:{bytesValue:Buffer.from([1,2,3])}}}},expireAt:{timestampValue:{seconds:1800000000,nanos:5e6}}}},currentDocument:pre});
const [r]=await c.batchWrite({database:db,writes:[w('a',{exists:false}),w('b',{updateTime:{seconds:12345,nanos:0}})]});
console.log(JSON.stringify(r), Date.now()-t0);
const read=(keys)=>new Promise((res,rej)=>{const out=[];c.batchGetDocuments({database:db,documents:keys.map(doc)},{timeout:5000}).on('data',d=>out.push(d)).on('error',rej).on('end',()=>res(out));});
const o=await read(['a','zz','a']);
console.dir(o,{depth:8});
const ut=o.find(x=>x.found).found.updateTime;
console.log((await c.batchWrite({database:db,writes:[w('a',{exists:false})]}))[0].status);
console.log((await c.batchWrite({database:db,writes:[w('a',{updateTime:{seconds:ut.seconds,nanos:ut.nanos-1000}})]}))[0].status);
console.log('same', JSON.stringify((await c.batchWrite({database:db,writes:[w('a',{updateTime:ut})]}))[0]), JSON.stringify(ut));
console.log('gone', JSON.stringify((await c.batchWrite({database:db,writes:[w('q',{updateTime:ut})]}))[0]));
const many=Array.from({length:500},(_, i)=>w('m'+i,{exists:false}));
let t=Date.now(); const [m]=await c.batchWrite({database:db,writes:many}); console.log('500 in',Date.now()-t, m.status.filter(s=>s.code).length);
t=Date.now(); console.log((await read(many.map((_,i)=>'m'+i))).length, Date.now()-t);
try { await c.batchWrite({database:db,writes:Array.from({length:501},(_, i)=>w('n'+i,{exists:false}))}); console.log('501 ok'); } catch(e){ console.log(e.code,e.message) }
try { await c.batchWrite({database:db,writes:[w('d',{exists:false}),w('d',{exists:false})]}); } catch(e){ console.log(e.code,e.message) }
try { console.log(JSON.stringify(await c.commit({database:db,writes:[w('a',{exists:false}),w('zzz',{exists:false})]}))) } catch(e){ console.log(e.code,e.message) }
await c.close();
